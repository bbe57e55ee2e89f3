from django.db import migrations, models

from catalog.changes import FACTS_BACK_SQL, FACTS_SQL


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_title_changes")]

    operations = [
        migrations.AddField(
            model_name="title",
            name="franchise",
            field=models.CharField(blank=True, db_index=True, max_length=120),
        ),
        migrations.RunSQL(FACTS_SQL, FACTS_BACK_SQL),
    ]
