//! What is left of a day's quota: pure, over numbers that the store gives.

use crate::domain::{Amount, Quota, QuotaStanding, QuotaState, Spent};

/// From here on little is left, in hundredths.
const NEAR: u32 = 80;

/// How much of each part of `quota` is used.
pub(super) fn states(quota: &Quota, used_today: &Spent) -> Vec<QuotaState> {
    let tokens = quota.tokens_per_day.map(|most| QuotaState {
        used: Amount::Tokens(used_today.tokens),
        most: Amount::Tokens(most),
        percent: percent(used_today.tokens, most),
    });
    let money = quota.money_per_day.map(|most| QuotaState {
        used: Amount::Money(used_today.money),
        most: Amount::Money(most),
        percent: percent(used_today.money.0, most.0),
    });
    tokens.into_iter().chain(money).collect()
}

/// Whether `quota` leaves room: what is used most of decides.
pub(super) fn standing(quota: &Quota, used_today: &Spent) -> QuotaStanding {
    match states(quota, used_today).iter().map(|state| state.percent).max() {
        Some(percent) if percent >= 100 => QuotaStanding::Over,
        Some(percent) if percent >= NEAR => QuotaStanding::Near { percent },
        _ => QuotaStanding::Fine,
    }
}

/// Rounded down: 100 means that nothing is left. Of nothing all is used.
fn percent(used: u64, most: u64) -> u32 {
    let percent = (u128::from(used) * 100).checked_div(u128::from(most));
    percent.map_or(100, |percent| u32::try_from(percent).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Cost;

    #[test]
    fn a_quota_is_fine_then_near_then_over() {
        let (near, dollar) = (|percent| QuotaStanding::Near { percent }, 1_000_000_000);
        for (tokens, money, used, spent, want) in [
            (None, None, u64::MAX, u64::MAX, QuotaStanding::Fine),
            (Some(1000), None, 0, u64::MAX, QuotaStanding::Fine),
            (Some(1000), None, 799, 0, QuotaStanding::Fine),
            (Some(1000), None, 800, 0, near(80)),
            (Some(1000), None, 999, 0, near(99)),
            (Some(1000), None, 1000, 0, QuotaStanding::Over),
            (Some(1000), None, u64::MAX, 0, QuotaStanding::Over),
            (Some(u64::MAX), None, u64::MAX - 1, 0, near(99)),
            (Some(1), None, u64::MAX, 0, QuotaStanding::Over),
            (Some(0), None, 0, 0, QuotaStanding::Over),
            (None, Some(2 * dollar), 0, 2 * dollar - 1, near(99)),
            (None, Some(2 * dollar), 0, 2 * dollar, QuotaStanding::Over),
            // The worse of the two.
            (Some(1000), Some(dollar), 850, dollar / 10 * 9, near(90)),
            (Some(1000), Some(dollar), 1000, 0, QuotaStanding::Over),
        ] {
            let quota = Quota { tokens_per_day: tokens, money_per_day: money.map(Cost) };
            let spent = Spent { tokens: used, money: Cost(spent) };
            assert_eq!(standing(&quota, &spent), want, "{quota:?} {spent:?}");
        }
    }

    #[test]
    fn each_part_of_a_quota_is_told() {
        let quota = Quota { tokens_per_day: Some(1000), money_per_day: Some(Cost(2_000_000_000)) };
        let states = states(&quota, &Spent { tokens: 1500, money: Cost(500_000_000) });
        let told: Vec<_> = states.iter().map(|s| format!("{} of {}: {}", s.used, s.most, s.percent)).collect();
        assert_eq!(told, ["1500 tokens of 1000 tokens: 150", "$0.50 of $2.00: 25"]);
    }
}
