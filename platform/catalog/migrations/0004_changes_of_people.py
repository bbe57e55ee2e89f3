from django.db import migrations

from catalog.changes import PEOPLE_BACK_SQL, PEOPLE_SQL


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_title_franchise")]

    operations = [migrations.RunSQL(PEOPLE_SQL, PEOPLE_BACK_SQL)]
