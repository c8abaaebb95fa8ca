"""Nobody changes the trail: sealing sets two columns once, retention says what it does."""

from django.db import migrations

GUARD = """
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF TG_TABLE_NAME = 'audit_entry' AND OLD.n IS NULL AND NEW.n IS NOT NULL
       AND to_jsonb(NEW) - 'n' - 'seal' = to_jsonb(OLD) - 'n' - 'seal' THEN
      RETURN NEW;
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    IF current_setting('waystation.audit_retention', true) = 'on' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'The audit trail can only grow.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard_all BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_cut
  FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard_all BEFORE TRUNCATE ON audit_cut
  FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
"""
UNGUARD = """
DROP TRIGGER audit_guard_all ON audit_cut;
DROP TRIGGER audit_guard ON audit_cut;
DROP TRIGGER audit_guard_all ON audit_entry;
DROP TRIGGER audit_guard ON audit_entry;
DROP FUNCTION audit_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
