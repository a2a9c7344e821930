"""A deployed definition cannot change; instances leave room for updates in place."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION workflows_definition_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a definition is immutable';
END $$;
CREATE TRIGGER definition_fixed BEFORE UPDATE ON workflows_definition
    FOR EACH ROW EXECUTE FUNCTION workflows_definition_fixed();
ALTER TABLE workflows_instance SET (fillfactor = 70);
ALTER TABLE workflows_workitem SET (fillfactor = 85);
"""
BACKWARD = """
DROP TRIGGER definition_fixed ON workflows_definition;
DROP FUNCTION workflows_definition_fixed();
ALTER TABLE workflows_instance RESET (fillfactor);
ALTER TABLE workflows_workitem RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
