-- Words that stand beside each other, so that a phrase of two frequent words is found as fast as a rare word: where
-- the words themselves are in many texts, reading all of those for the few that have them side by side takes too long.

-- 'no signal today' => 'no signal' 'signal today'. No pair is longer than an index can hold.
CREATE FUNCTION word_pairs(words tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT coalesce(array_to_tsvector(array_agg(p.pair)), ''::tsvector)
  FROM (SELECT s.lexeme || ' ' || lead(s.lexeme) OVER w AS pair, s.place + 1 = lead(s.place) OVER w AS adjacent
        FROM (SELECT u.lexeme, unnest(u.positions) AS place FROM unnest(words) AS u) AS s
        WINDOW w AS (ORDER BY s.place)) AS p
  WHERE p.adjacent AND octet_length(p.pair) <= 2000
$$;

-- All pairs of a phrase, to be looked for together; empty where it has none.
CREATE FUNCTION phrase_pairs(phrase text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT coalesce(string_agg('''' || replace(replace(u.lexeme, '\', '\\'), '''', '''''') || '''', ' & '), '')
  FROM unnest(word_pairs(to_tsvector('simple', phrase))) AS u
$$;

-- Null: the text is too long for them, or was indexed before there were any.
ALTER TABLE ticket_words ADD COLUMN pairs tsvector;
ALTER TABLE message_words ADD COLUMN pairs tsvector;
CREATE INDEX ticket_words_pairs ON ticket_words USING gin (pairs);
CREATE INDEX message_words_pairs ON message_words USING gin (pairs);
CREATE INDEX ticket_words_unpaired ON ticket_words (ticket_id) WHERE pairs IS NULL;
CREATE INDEX message_words_unpaired ON message_words (message_id) WHERE pairs IS NULL;

-- Texts are indexed about in the order of their tickets, so these tell the blocks of the newest tickets at the price of
-- a few bytes each: a search for the newest reads no older text.
CREATE INDEX ticket_words_age ON ticket_words USING brin (ticket_id) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX message_words_age ON message_words USING brin (ticket_id) WITH (pages_per_range = 32, autosummarize = on);

-- What is there becomes due again piece by piece; until then it is found by its words alone.
INSERT INTO search_backfill VALUES ('tickets', 0), ('messages', 0) ON CONFLICT (kind) DO UPDATE SET done_to = 0;
