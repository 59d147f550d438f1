-- Chats of a pull that could not be read: said when the round ends, which may be several pulls later.
ALTER TABLE wa_catch_up_chats ADD COLUMN left_out boolean NOT NULL DEFAULT false;
