-- Who made a link, what it was replaced by, and until when it opens new sessions.
ALTER TABLE access_links
    ADD COLUMN origin text NOT NULL DEFAULT 'command' CHECK (origin IN ('command', 'panel', 'bot')),
    ADD COLUMN made_by bigint REFERENCES access_links, -- whose visitor made it; null: by command
    ADD COLUMN replaced_by bigint REFERENCES access_links,
    ADD COLUMN enter_until timestamptz; -- null: as long as it lives

-- Sessions stay for the history of who was in; whence they were opened names the device.
ALTER TABLE panel_sessions
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN address inet,
    ADD COLUMN network text NOT NULL DEFAULT '',
    ADD COLUMN country text NOT NULL DEFAULT '',
    ADD COLUMN agent text NOT NULL DEFAULT '',
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN end_reason text CHECK (end_reason IN ('left', 'entered_again', 'revoked', 'ended'));
