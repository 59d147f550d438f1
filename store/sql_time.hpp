// Instants cross to PostgreSQL as whole microseconds, so nothing is rounded.
#pragma once

#define FIBREHUB_SQL_INSTANT(us) "(timestamptz 'epoch' + " us " * interval '1 microsecond')"
/// Zero stands for "none".
#define FIBREHUB_SQL_INSTANT_OR_NULL(us) \
  "(timestamptz 'epoch' + nullif(" us ", 0) * interval '1 microsecond')"
/// A timestamptz column as microseconds; NULL becomes zero.
#define FIBREHUB_SQL_US(column) "coalesce((extract(epoch FROM " column ") * 1000000)::bigint, 0)"
