//! How much may be asked: limits a minute, which hold a question back, and quotas a day, which warn of what is spent.

use super::{BackendId, Cost, ModelId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whom a limit is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A backend: all of its models together.
    Provider(BackendId),
    /// A model, whoever has it.
    Model(ModelId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(backend) => backend.fmt(f),
            Self::Model(model) => model.fmt(f),
        }
    }
}

/// What may be asked in a minute. `None` is no limit, 0 is nothing at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Requests.
    pub requests_per_minute: Option<u32>,
    /// Tokens, of questions and answers together.
    pub tokens_per_minute: Option<u32>,
}

/// What a provider may be sent in a day. `None` is no quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Tokens, of questions and answers together.
    pub tokens_per_day: Option<u64>,
    /// Money.
    pub money_per_day: Option<Cost>,
}

/// What a provider was sent today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Tokens, of questions and answers together.
    pub tokens: u64,
    /// What they cost.
    pub money: Cost,
}

/// A number of tokens, or a sum of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// Tokens.
    Tokens(u64),
    /// Money.
    Money(Cost),
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens(tokens) => write!(f, "{tokens} tokens"),
            Self::Money(money) => money.fmt(f),
        }
    }
}

/// How much of a quota is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaState {
    /// What is used.
    pub used: Amount,
    /// The most of it in a day.
    pub most: Amount,
    /// Used in hundredths of the most, rounded down; more than 100 where more was used.
    pub percent: u32,
}

/// Whether a quota leaves room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum QuotaStanding {
    /// It does, or there is none.
    Fine,
    /// Little: four fifths of it are used.
    Near {
        /// Used in hundredths, from 80 to 99.
        percent: u32,
    },
    /// None.
    Over,
}
