"""Durable shared state: holds, used token ids, revocations."""
