from django.db import migrations

from catalog.changes import BACK_SQL, TABLE_SQL


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunSQL(TABLE_SQL, BACK_SQL)]
