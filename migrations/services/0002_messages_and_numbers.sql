-- Text messages of agents, and phone numbers that wait for their next agent.

CREATE TABLE messages (
    id            uuid        PRIMARY KEY,
    instance_id   text        NOT NULL,
    tool_id       text        NOT NULL CHECK (tool_id IN ('email', 'sms')),
    direction     text        NOT NULL CHECK (direction IN ('in', 'out')),
    state         text        NOT NULL CHECK (state IN ('intent', 'sent', 'unknown', 'refused', 'received')),
    vendor_id     text,
    thread_id     text,
    counterpart   text        NOT NULL,
    body_sealed   bytea,
    created_at    timestamptz NOT NULL,
    UNIQUE (tool_id, vendor_id, direction),
    CHECK ((direction = 'in') = (state = 'received'))
);
CREATE INDEX messages_of_instance ON messages (instance_id, tool_id, created_at DESC, id DESC);
CREATE INDEX messages_of_thread ON messages (tool_id, thread_id) WHERE thread_id IS NOT NULL;
COMMENT ON TABLE messages IS 'Messages that agents sent and got through this process: the list of text messages, and whose a thread in a shared inbox is. Rows go with their instance.';
COMMENT ON COLUMN messages.id IS 'Ours (UUIDv7); also the idempotency key of a mail.';
COMMENT ON COLUMN messages.instance_id IS 'The agent.';
COMMENT ON COLUMN messages.tool_id IS 'email or sms.';
COMMENT ON COLUMN messages.direction IS 'in or out, seen from the agent.';
COMMENT ON COLUMN messages.state IS 'intent before the vendor is asked; sent, refused, or unknown when no answer came; received for those that came in.';
COMMENT ON COLUMN messages.vendor_id IS 'The vendor''s id, once known.';
COMMENT ON COLUMN messages.thread_id IS 'The mail thread.';
COMMENT ON COLUMN messages.counterpart IS 'The number or address at the other end.';
COMMENT ON COLUMN messages.body_sealed IS 'The sealed text of an SMS; mail stays at its vendor.';
COMMENT ON COLUMN messages.created_at IS 'When it was written here.';

CREATE TABLE recycled_numbers (
    phone_number  text        PRIMARY KEY,
    released_at   timestamptz NOT NULL,
    usable_at     timestamptz NOT NULL,
    taken_by      text        UNIQUE,
    taken_at      timestamptz,
    CHECK ((taken_by IS NULL) = (taken_at IS NULL))
);
CREATE INDEX recycled_numbers_usable ON recycled_numbers (usable_at) WHERE taken_by IS NULL;
COMMENT ON TABLE recycled_numbers IS 'Phone numbers that were released by their agent and are kept for another, after a quarantine.';
COMMENT ON COLUMN recycled_numbers.phone_number IS 'In E.164 form.';
COMMENT ON COLUMN recycled_numbers.released_at IS 'When its agent gave it up.';
COMMENT ON COLUMN recycled_numbers.usable_at IS 'End of the quarantine: until then the last agent''s correspondents may still write to it.';
COMMENT ON COLUMN recycled_numbers.taken_by IS 'The name at the vendor of what takes it; the row goes once the number carries that name.';
COMMENT ON COLUMN recycled_numbers.taken_at IS 'When it was taken.';
