"""MLflow: runs, versions, aliases, promotion, rollback, tuning."""
