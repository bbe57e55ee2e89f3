"""What beat sends, how often, and on which queue."""

PERIODIC_QUEUE = "periodic"  # apart from jobs, so that waiting wake-ups can be counted
BEAT_SCHEDULE = {
    name: {
        "task": task,
        "schedule": seconds,
        # the next one replaces it; beat's database scheduler calls `expires` expire_seconds
        "options": {"queue": PERIODIC_QUEUE, "expire_seconds": int(seconds)},
    }
    for name, task, seconds in [
        ("sweep jobs", "jobs.tasks.sweep", 10.0),
        ("refresh title statistics", "events.tasks.refresh_statistics", 300.0),
        ("encode new titles", "recommendations.tasks.encode_new_titles", 20.0),
        ("clear ended sessions", "accounts.tasks.clear_sessions", 86_400.0),
        ("forget old visitors", "events.tasks.forget_visitors", 86_400.0),
        ("forget old changes of titles", "catalog.tasks.forget_old_changes", 86_400.0),
        ("end forgotten matches", "arcade.tasks.end_forgotten", 60.0),
        ("clear files of the studio", "studio.tasks.clear_files", 86_400.0),
        ("keep up the served-list log", "recommendations.tasks.keep_served_log", 3600.0),
    ]
}
