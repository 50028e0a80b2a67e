// SPDX-License-Identifier: Apache-2.0

use std::time::Duration;

pub struct Report {
    metrics: Vec<String>,
    seconds: f64,
}

/// Percentiles that are reported, per 100,000.
const PERCENTILES: [(&str, usize); 9] = [
    ("p10", 10_000),
    ("p25", 25_000),
    ("p50", 50_000),
    ("p75", 75_000),
    ("p90", 90_000),
    ("p99", 99_000),
    ("p99.9", 99_900),
    ("p99.99", 99_990),
    ("max", 100_000),
];

impl Report {
    pub fn new(elapsed: Duration) -> Report {
        Report { metrics: Vec::new(), seconds: elapsed.as_secs_f64() }
    }

    pub fn throughput(count: usize, elapsed: Duration) -> Report {
        Report::new(elapsed).with("throughput", "messages/s", count as f64 / elapsed.as_secs_f64())
    }

    /// Exact percentiles (nearest rank) of nanoseconds.
    pub fn distribution(mut samples: Vec<u64>, elapsed: Duration) -> Report {
        samples.sort_unstable();
        PERCENTILES.iter().fold(Report::new(elapsed), |report, (name, share)| {
            let rank = (samples.len() * share + 99_999) / 100_000;
            report.with(name, "ns", samples[rank - 1] as f64)
        })
    }

    pub fn with(mut self, metric: &str, unit: &str, value: f64) -> Report {
        self.metrics.push(format!(
            r#"{{"metric": "{}", "unit": "{}", "value": {}}}"#,
            metric, unit, value
        ));
        self
    }

    pub fn write(&self) {
        println!(r#"{{"metrics": [{}], "seconds": {:.9}}}"#, self.metrics.join(", "), self.seconds);
    }
}

/// A benchmark that lost a message has no figure. From any thread.
pub fn fail(reason: &str) -> ! {
    println!("\n{{\"error\": {:?}}}", reason);
    std::process::exit(1)
}
