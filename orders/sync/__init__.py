"""From verdicts to calls: the outbox, the engine, the pump.

A job's life::

    reconsider() says there is work ──▶ dirty, due_at
        │ a pump leases it (lease_id, lease_until; dirty cleared, leases + 1)
        ▼
    decide() runs again; the call is built from the facts as of now
        │ RemoteCall and SyncAttempt rows are written, then the call is sent
        ▼
    the answer becomes facts ──▶ decide() ──▶ dirty again, or nothing left
        │
        └─ released; a lease that runs out (a dead process) makes the job due again, and
           its open attempt is a write in doubt: it is looked at before it is repeated
"""
