"""Logs that are only added to: changes, seals, and events as one of them."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

import common.append_only
from common.append_only import only_added
from common.history import keep

# The place of a row's transaction among all: below the horizon every transaction has ended.
# After a restore into another server its numbers begin lower: seals.rebase adds what is missing,
# so that new rows never fall into a range that is sealed.
PLACE = """
CREATE FUNCTION common_log_place() RETURNS bigint LANGUAGE sql STABLE
AS 'SELECT pg_current_xact_id()::text::bigint + 0';
CREATE FUNCTION common_log_horizon() RETURNS bigint LANGUAGE sql STABLE
AS 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0'
"""
NO_PLACE = "DROP FUNCTION common_log_place(); DROP FUNCTION common_log_horizon()"

# Owned by the tables' owner, so that the application needs no right to write history itself.
KEEP = """
CREATE FUNCTION common_keep_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    hidden text[] := string_to_array(TG_ARGV[1], ',');
    who jsonb := nullif(current_setting('lianban.context', true), '')::jsonb;
BEGIN
    INSERT INTO common_change (name, row_id, operation, changed, actor_id, by, request_id)
    SELECT TG_TABLE_NAME, coalesce(before ->> TG_ARGV[0], after ->> TG_ARGV[0]), lower(TG_OP),
           coalesce(jsonb_object_agg(
               key, CASE WHEN key = ANY(hidden) THEN 'true'
                    ELSE jsonb_build_array(o.value, n.value) END), '{}'),
           (who ->> 'actor')::bigint, coalesce(who ->> 'by', ''), coalesce(who ->> 'request', '')
    FROM jsonb_each(before) o FULL JOIN jsonb_each(after) n USING (key)
    WHERE coalesce(o.value, 'null') <> coalesce(n.value, 'null');
    RETURN NULL;
END $$;
-- or whoever may make a table of its own could have it write history
REVOKE ALL ON FUNCTION common_keep_change() FROM PUBLIC
"""

# Whoever owns the table may prune it, and says so; nobody changes a row by mistake.
REFUSE = """
CREATE FUNCTION common_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('lianban.pruning', true) = 'on' AND pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE'
    ) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
"""

# an event gets its position once, from the relay
EVENTS = """
CREATE TRIGGER only_added BEFORE DELETE OR TRUNCATE ON common_event
FOR EACH STATEMENT EXECUTE FUNCTION common_refuse_change();
CREATE TRIGGER only_added_columns
BEFORE UPDATE OF id, name, stream, at, actor_id, data, place ON common_event
FOR EACH STATEMENT EXECUTE FUNCTION common_refuse_change();
CREATE TRIGGER only_numbered_once BEFORE UPDATE ON common_event
FOR EACH ROW WHEN (old.position IS NOT NULL) EXECUTE FUNCTION common_refuse_change()
"""
NO_EVENTS = """
DROP TRIGGER only_added ON common_event;
DROP TRIGGER only_added_columns ON common_event;
DROP TRIGGER only_numbered_once ON common_event
"""


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(PLACE, NO_PLACE),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "place",
                    models.BigIntegerField(db_default=common.append_only.Place(), editable=False),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="时间"
                    ),
                ),
                ("name", models.CharField(max_length=63, verbose_name="表")),
                ("row_id", models.CharField(max_length=40, verbose_name="行")),
                (
                    "operation",
                    models.CharField(
                        choices=[("insert", "新增"), ("update", "修改"), ("delete", "删除")],
                        max_length=6,
                        verbose_name="操作",
                    ),
                ),
                ("changed", models.JSONField(verbose_name="内容")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="人员")),
                ("by", models.CharField(max_length=100, verbose_name="操作名")),
                ("request_id", models.CharField(max_length=64, verbose_name="请求编号")),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("log", models.CharField(max_length=63)),
                ("number", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("after_place", models.BigIntegerField()),
                ("after_id", models.BigIntegerField()),
                ("through_place", models.BigIntegerField()),
                ("through_id", models.BigIntegerField()),
                ("first_id", models.BigIntegerField(null=True)),
                ("last_id", models.BigIntegerField(null=True)),
                ("rows", models.IntegerField()),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=63), default=list, size=None
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                ("pruned_through", models.BigIntegerField(null=True)),
                ("mac", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.AddField(
            model_name="event",
            name="place",
            field=models.BigIntegerField(db_default=common.append_only.Place(), editable=False),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["place", "id"], name="event_place"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["name", "row_id", "id"], name="change_row"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["place", "id"], name="change_place"),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.UniqueConstraint(fields=("log", "number"), name="seal_once"),
        ),
        migrations.RunSQL(KEEP, "DROP FUNCTION common_keep_change()"),
        migrations.RunSQL(REFUSE, "DROP FUNCTION common_refuse_change()"),
        migrations.RunSQL(EVENTS, NO_EVENTS),
        only_added("common_change"),
        only_added("common_seal"),
        keep("common_calendarday", key="on", inserts=True),
        keep("common_clockoffset", inserts=True),
    ]
