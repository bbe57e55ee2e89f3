from django.db import migrations, models


def estimate(apps, schema_editor):
    """Of sets that were read before: about so many, as families of drawings are not known here."""
    for dataset in apps.get_model("studio", "Dataset").objects.exclude(file=""):
        dataset.held_out = sum(count * 15 // 100 for count in dataset.counts.values())
        dataset.save(update_fields=["held_out"])


class Migration(migrations.Migration):
    dependencies = [("studio", "0002_training")]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="held_out",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(estimate, migrations.RunPython.noop),
    ]
