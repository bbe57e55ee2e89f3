from django.conf import settings
from django.db import migrations, models

# the reference is checked at once, as that of the served lists: a fault is the log's own
CREATE = """
CREATE TABLE recommendations_loggedpast (
    digest uuid PRIMARY KEY,
    user_id bigint NULL REFERENCES accounts_user,
    visitor varchar(64) NOT NULL,
    entries jsonb NOT NULL,
    last_served_at timestamptz NOT NULL
);
CREATE INDEX recommendations_loggedpast_user ON recommendations_loggedpast (user_id);
CREATE INDEX logged_past_time ON recommendations_loggedpast (last_served_at);
CREATE INDEX logged_past_visitor ON recommendations_loggedpast (visitor) WHERE visitor <> '';

CREATE FUNCTION recommendations_forget_visitor_pasts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM recommendations_loggedpast
    WHERE visitor <> '' AND visitor IN (SELECT DISTINCT gone.visitor FROM gone);
    RETURN NULL;
END $$;
CREATE TRIGGER visitor_past_gone AFTER DELETE ON events_visitorevent
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION recommendations_forget_visitor_pasts();
"""
DROP = """
DROP TRIGGER visitor_past_gone ON events_visitorevent;
DROP FUNCTION recommendations_forget_visitor_pasts;
DROP TABLE recommendations_loggedpast;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0005_taste_version'),
        ('recommendations', '0005_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField('loggedlist', 'past', models.UUIDField(null=True)),
        migrations.AddField('loggedlist', 'recipe', models.JSONField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, DROP)],
            state_operations=[
                migrations.CreateModel(
                    name='LoggedPast',
                    fields=[
                        ('digest', models.UUIDField(primary_key=True, serialize=False)),
                        ('visitor', models.CharField(blank=True, max_length=64)),
                        ('entries', models.JSONField()),
                        ('last_served_at', models.DateTimeField()),
                        ('user', models.ForeignKey(null=True, on_delete=models.CASCADE, related_name='logged_pasts', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['last_served_at'], name='logged_past_time'), models.Index(condition=models.Q(('visitor', ''), _negated=True), fields=['visitor'], name='logged_past_visitor')],
                    },
                ),
            ],
        ),
    ]
