"""Which titles changed of late, told by the database itself: triggers write, this reads.

A row holds the transaction that made it (xid8), because an id says nothing about the order of
commits: a reader that goes back to the oldest transaction it did not see the end of misses none.
"""

from dataclasses import dataclass

from django.db import connection

KEPT = "2 days"  # a reader that has slept longer starts anew

TABLE_SQL = """
CREATE TABLE catalog_titlechange (
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    title_ids bigint[],  -- NULL: all of them
    noted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX title_change_xact ON catalog_titlechange (xact);

CREATE FUNCTION catalog_note_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_titlechange (title_ids)
    SELECT ids FROM (SELECT array_agg(id) AS ids FROM fresh) AS found WHERE ids IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION catalog_note_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_titlechange (title_ids)
    SELECT ids FROM (SELECT array_agg(id) AS ids FROM stale) AS found WHERE ids IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION catalog_note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_titlechange (title_ids)
    SELECT ids FROM (
        SELECT array_agg(fresh.id) AS ids FROM fresh JOIN stale USING (id)
        WHERE (fresh.published, fresh.minimum_age, fresh.kind)
            IS DISTINCT FROM (stale.published, stale.minimum_age, stale.kind)
    ) AS found WHERE ids IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION catalog_note_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_titlechange (title_ids) VALUES (NULL);
    RETURN NULL;
END $$;

CREATE TRIGGER title_new AFTER INSERT ON catalog_title REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_new();
CREATE TRIGGER title_gone AFTER DELETE ON catalog_title REFERENCING OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_gone();
CREATE TRIGGER title_changed AFTER UPDATE ON catalog_title
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_changed();
CREATE TRIGGER title_none AFTER TRUNCATE ON catalog_title
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_all();
"""
BACK_SQL = """
DROP TRIGGER title_none ON catalog_title;
DROP TRIGGER title_changed ON catalog_title;
DROP TRIGGER title_gone ON catalog_title;
DROP TRIGGER title_new ON catalog_title;
DROP FUNCTION catalog_note_all, catalog_note_changed, catalog_note_gone, catalog_note_new;
DROP TABLE catalog_titlechange;
"""
# Facts that rules choose titles by, their genres and people among them
FACTS_SQL = """
CREATE FUNCTION catalog_note_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_titlechange (title_ids)
    SELECT ids FROM (
        SELECT array_agg(fresh.id) AS ids FROM fresh JOIN stale USING (id)
        WHERE (fresh.published, fresh.minimum_age, fresh.kind, fresh.name,
                fresh.year, fresh.franchise, fresh.added_at)
            IS DISTINCT FROM (stale.published, stale.minimum_age, stale.kind, stale.name,
                stale.year, stale.franchise, stale.added_at)
    ) AS found WHERE ids IS NOT NULL;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER title_changed AFTER UPDATE ON catalog_title
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_facts();

CREATE FUNCTION catalog_note_relation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids bigint[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT array_agg(DISTINCT title_id) INTO ids FROM stale;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT ids || array_agg(DISTINCT title_id) INTO ids FROM fresh;
    END IF;
    IF ids IS NOT NULL THEN
        INSERT INTO catalog_titlechange (title_ids) VALUES (ids);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER genre_new AFTER INSERT ON catalog_title_genres REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_relation();
CREATE TRIGGER genre_gone AFTER DELETE ON catalog_title_genres REFERENCING OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_relation();
CREATE TRIGGER genre_changed AFTER UPDATE ON catalog_title_genres
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_relation();
CREATE FUNCTION catalog_note_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_titlechange (title_ids)
    SELECT ids FROM (
        SELECT array_agg(DISTINCT title_id) AS ids FROM catalog_title_genres
        WHERE genre_id IN (
            SELECT id FROM fresh JOIN stale USING (id)
            WHERE fresh.name IS DISTINCT FROM stale.name
        )
    ) AS found WHERE ids IS NOT NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER genre_renamed AFTER UPDATE ON catalog_genre
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_renamed();
CREATE TRIGGER genre_none AFTER TRUNCATE ON catalog_title_genres
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_all();

CREATE TRIGGER credit_new AFTER INSERT ON catalog_credit REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_relation();
CREATE TRIGGER credit_gone AFTER DELETE ON catalog_credit REFERENCING OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_relation();
CREATE TRIGGER credit_changed AFTER UPDATE ON catalog_credit
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_relation();
CREATE TRIGGER credit_none AFTER TRUNCATE ON catalog_credit
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_all();
"""
FACTS_BACK_SQL = """
DROP TRIGGER credit_none ON catalog_credit;
DROP TRIGGER credit_changed ON catalog_credit;
DROP TRIGGER credit_gone ON catalog_credit;
DROP TRIGGER credit_new ON catalog_credit;
DROP TRIGGER genre_renamed ON catalog_genre;
DROP TRIGGER genre_none ON catalog_title_genres;
DROP TRIGGER genre_changed ON catalog_title_genres;
DROP TRIGGER genre_gone ON catalog_title_genres;
DROP TRIGGER genre_new ON catalog_title_genres;
CREATE OR REPLACE TRIGGER title_changed AFTER UPDATE ON catalog_title
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_changed();
DROP FUNCTION catalog_note_renamed, catalog_note_relation, catalog_note_facts;
"""
# Who made a title, which its poster says
PEOPLE_SQL = """
CREATE FUNCTION catalog_note_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_titlechange (title_ids)
    SELECT ids FROM (
        SELECT array_agg(DISTINCT title_id) AS ids FROM catalog_credit
        WHERE person_id IN (
            SELECT id FROM fresh JOIN stale USING (id)
            WHERE fresh.name IS DISTINCT FROM stale.name
        )
    ) AS found WHERE ids IS NOT NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER person_renamed AFTER UPDATE ON catalog_person
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_person();
"""
PEOPLE_BACK_SQL = """
DROP TRIGGER person_renamed ON catalog_person;
DROP FUNCTION catalog_note_person;
"""
READ_SQL = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
    (SELECT count(*) > count(title_ids) FROM catalog_titlechange WHERE xact >= %(since)s::xid8),
    (SELECT count(*) FROM catalog_titlechange WHERE xact >= %(since)s::xid8),
    (SELECT array_agg(DISTINCT id)
        FROM catalog_titlechange, unnest(title_ids) AS id WHERE xact >= %(since)s::xid8),
    (SELECT count(*) FROM catalog_titlechange
        WHERE xact >= pg_snapshot_xmin(pg_current_snapshot()))
"""
COUNT_SQL = "SELECT count(*) FROM catalog_titlechange WHERE xact >= %s::xid8"


@dataclass(frozen=True)
class Changes:
    """What to read again. until: from where on the next reader asks."""

    until: str
    everything: bool
    notes: int  # how many: since one moment more of them mean that something is new
    title_ids: frozenset[int]
    known: int = 0  # those of the notes that the next reader will be told again


def changes(since: str) -> Changes:
    """Since a moment that an earlier answer named; some may be told twice. One query."""
    with connection.cursor() as cursor:
        cursor.execute(READ_SQL, {"since": since})
        until, everything, notes, ids, known = cursor.fetchone()
    return Changes(until, everything, notes, frozenset(ids or ()), known)


def notes_since(since: str) -> int:
    """How many there are. One small query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SQL, [since])
        return int(cursor.fetchone()[0])


def now() -> str:
    """The moment to ask from, for a reader that is about to read everything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        return str(cursor.fetchone()[0])


def forget_old_changes() -> int:
    """How many rows were dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM catalog_titlechange WHERE noted_at < now() - %s::interval", [KEPT]
        )
        return cursor.rowcount
