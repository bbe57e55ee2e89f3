import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from events.taste_version import BACK_SQL, TRIGGERS_SQL


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0004_events_by_list"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TasteVersion",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("version", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(TRIGGERS_SQL, BACK_SQL),
    ]
