"""業務: functions (session, values) → values, one module per thing staff do; no row of the store leaves."""
