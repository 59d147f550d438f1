// Instants cross to PostgreSQL as whole microseconds, so nothing is rounded.
#pragma once

#define FIBREHUB_SQL_INSTANT(us) "(timestamptz 'epoch' + " us " * interval '1 microsecond')"
/// Zero stands for "none".
#define FIBREHUB_SQL_INSTANT_OR_NULL(us) \
  "(timestamptz 'epoch' + nullif(" us ", 0) * interval '1 microsecond')"
/// A timestamptz column as microseconds. Double precision holds every microsecond until the year
/// 2100 and costs a third of what numeric does.
#define FIBREHUB_SQL_US_OR_NULL(column) "(date_part('epoch', " column ") * 1000000)::bigint"
/// The same; NULL becomes zero.
#define FIBREHUB_SQL_US(column) "coalesce(" FIBREHUB_SQL_US_OR_NULL(column) ", 0)"
