//! Wall-clock text for seconds since 1970, in UTC.

use jiff::Timestamp;

/// When a machine booted, so that kernel stamps can be told as wall-clock time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Seconds since 1970 at boot.
    pub booted: i64,
}

impl Clock {
    /// Formats the moment `micros` after boot; `format` is that of strftime.
    pub fn format(&self, micros: u64, format: &str) -> String {
        let total = self.booted * 1_000_000 + i64::try_from(micros).unwrap();
        // A time stamp prints itself in UTC.
        Timestamp::from_microsecond(total).unwrap().strftime(format).to_string()
    }
}

/// Formats seconds since 1970; `format` is that of strftime.
pub fn format_epoch(seconds: i64, format: &str) -> String {
    Clock { booted: seconds }.format(0, format)
}

/// Seconds since 1970 of `2024-03-05T10:00:00Z`.
pub fn epoch(rfc3339: &str) -> i64 {
    rfc3339.parse::<Timestamp>().unwrap().as_second()
}
