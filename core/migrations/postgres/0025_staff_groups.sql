-- A group's id before Telegram made a supergroup of it: its older buttons still come from there.
ALTER TABLE staff_chats ADD COLUMN moved_from bigint;
