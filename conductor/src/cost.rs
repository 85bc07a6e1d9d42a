//! What answers cost: tokens times prices.

use crate::domain::{Cost, Prices, Usage};

/// What an answer cost. `None` where the server did not count.
pub fn price(usage: &Usage, prices: Prices) -> Option<Cost> {
    Some(of(usage.prompt_tokens?, usage.answer_tokens?, prices))
}

/// The most that a request of `prompt` tokens costs, if its answer is as long as it may be.
pub fn most(prompt: u32, answer: u32, prices: Prices) -> Cost {
    of(prompt, answer, prices)
}

/// Prices are trillionths a token, costs are billionths: rounded up, so that nothing is shown as cheaper than it is.
fn of(prompt: u32, answer: u32, prices: Prices) -> Cost {
    let pico = u64::from(prompt).saturating_mul(prices.input).saturating_add(u64::from(answer).saturating_mul(prices.output));
    Cost(pico.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_times_prices() {
        let prices = Prices::per_million(0.15, 0.60);
        for (prompt, answer, want) in [(0, 0, 0), (1_000_000, 0, 150_000_000), (0, 1_000_000, 600_000_000), (1, 1, 750)] {
            assert_eq!(most(prompt, answer, prices), Cost(want), "{prompt} {answer}");
        }
        let usage = Usage { prompt_tokens: Some(10), answer_tokens: None };
        assert_eq!(price(&usage, prices), None);
        assert_eq!(most(1, 0, Prices::per_million(0.0375, 0.0)), Cost(38));
        assert_eq!(most(u32::MAX, u32::MAX, Prices { input: u64::MAX, output: 1 }), Cost(u64::MAX.div_ceil(1000)));
    }
}
