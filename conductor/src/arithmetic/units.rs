//! Units: which ones are known, by which words, and what the engine calls them.
//!
//! What must stay true: no word reaches the engine that does not stand in this table. Sizes that differ from country to
//! country say whose they are.

use super::engine::compute;
use super::token::{Kind, lex};
use super::{LONGEST, Refused, Worked, read};
use crate::arithmetic::expression::{Expr, Op};

/// A unit: what the engine calls it, what a person is shown, and other words for it, in lower case but where it matters.
type Unit = (&'static str, &'static str, &'static str);

/// A word's case matters where two units differ by it alone: `Mb` and `MB` are not told apart here, and bits are written out.
#[rustfmt::skip]
const UNITS: [Unit; 60] = [
    ("mm", "mm", "millimetre millimetres millimeter millimeters milímetros"),
    ("cm", "cm", "centimetre centimetres centimeter centimeters zentimeter centimètres centímetros"),
    ("m", "m", "metre metres meter meters mètre mètres metro metros"),
    ("km", "km", "kilometre kilometres kilometer kilometers kilomètre kilomètres kilómetro kilómetros kilometros kms"),
    ("inch", "inches", "in inch zoll pouce pouces pulgada pulgadas"),
    ("foot", "feet", "ft foot fuß fuss pied pieds pie pies"),
    ("yard", "yards", "yd yard"),
    ("mile", "miles", "mi mile meile meilen milla millas mille milles"),
    ("nmi", "nautical miles", "nmi seemeile seemeilen"),
    ("lightyear", "light years", "lightyear lightyears lichtjahr lichtjahre"),
    ("mg", "mg", "milligram milligrams milligramm"),
    ("g", "g", "gram grams gramm gramme grammes gramo gramos"),
    ("kg", "kg", "kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramo kilogramos"),
    ("tonne", "tonnes", "t tonne tonnen tonelada toneladas"),
    ("oz", "oz", "ounce ounces unze unzen once onces onza onzas"),
    ("lb", "lb", "lbs pound pounds pfund livre livres libra libras"),
    ("stone", "stone", "stones"),
    ("ml", "ml", "millilitre millilitres milliliter milliliters mililitros"),
    ("cl", "cl", "centilitre centilitres centiliter centiliters"),
    ("dl", "dl", "decilitre decilitres deciliter deciliters deziliter"),
    ("litre", "l", "litre litres liter liters litro litros"),
    ("m^3", "m³", "m3 m^3 kubikmeter"),
    ("cm^3", "cm³", "cm3 cm^3 ccm"),
    ("gallon", "US gallons", "gallon gallons gal gallone gallonen galones"),
    ("pint", "US pints", "pint pints"),
    ("cup", "US cups", "cup cups tasse tassen"),
    ("tablespoon", "US tablespoons", "tablespoon tablespoons tbsp"),
    ("teaspoon", "US teaspoons", "teaspoon teaspoons tsp"),
    ("fluid_ounce", "US fluid ounces", "floz"),
    ("cm^2", "cm²", "cm2 cm^2"),
    ("m^2", "m²", "m2 m^2 sqm quadratmeter"),
    ("km^2", "km²", "km2 km^2 quadratkilometer"),
    ("ft^2", "ft²", "ft2 ft^2 sqft"),
    ("hectare", "hectares", "ha hectare hektar hectárea hectáreas"),
    ("acre", "acres", "acre"),
    ("ms", "ms", "millisecond milliseconds millisekunden"),
    ("s", "s", "sec secs second seconds sekunde sekunden seconde secondes segundo segundos"),
    ("min", "minutes", "min mins minute minuten minuto minutos"),
    ("h", "hours", "h hr hrs hour stunde stunden heure heures hora horas"),
    ("day", "days", "d day tag tage tagen jour jours día días"),
    ("week", "weeks", "week woche wochen semaine semaines semana semanas"),
    ("km/h", "km/h", "kmh kph km/h"),
    ("m/s", "m/s", "m/s mps"),
    ("mph", "mph", "mph"),
    ("knot", "knots", "kn kt knot knoten"),
    ("°C", "°C", "°c c ℃ celsius"),
    ("°F", "°F", "°f f ℉ fahrenheit"),
    ("K", "K", "k kelvin"),
    ("bit", "bits", "bit"),
    ("byte", "bytes", "b byte octet octets"),
    ("kB", "kB", "kb kilobyte kilobytes"),
    ("MB", "MB", "mb megabyte megabytes mo"),
    ("GB", "GB", "gb gigabyte gigabytes go"),
    ("TB", "TB", "tb terabyte terabytes to"),
    ("KiB", "KiB", "kib kibibyte kibibytes"),
    ("MiB", "MiB", "mib mebibyte mebibytes"),
    ("GiB", "GiB", "gib gibibyte gibibytes"),
    ("TiB", "TiB", "tib tebibyte tebibytes"),
    ("kJ", "kJ", "kj kilojoule kilojoules"),
    ("kcal", "kcal", "kcal kilocalorie kilocalories kilokalorien"),
];

/// Words between what is converted and into what; the longest first.
const INTO: [&str; 10] = ["into", "nach", "in", "to", "as", "zu", "en", "à", "a", "="];

fn unit(word: &str) -> Option<Unit> {
    let word = word.trim().trim_end_matches('.').to_lowercase();
    let known = |(_, shown, words): &&Unit| shown.to_lowercase() == word || words.split(' ').any(|w| w == word);
    UNITS.iter().find(known).copied()
}

/// Converts a size: `5 km in miles`, `32 °F to °C`, `3,5 kg in lb`.
///
/// # Errors
/// `NotArithmetic` for other forms and unknown units; `Undefined` where one unit cannot become the other.
pub fn convert(text: &str) -> Result<Worked, Refused> {
    if text.len() > LONGEST {
        return Err(Refused::TooLarge);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let between = |word: &str| INTO.contains(&word.to_lowercase().as_str());
    // The last such word that leaves a unit on both sides: `in` is also an inch.
    let splits = (1..words.len()).rev().filter(|&at| between(words[at]));
    let (from, number, to) =
        splits.filter_map(|at| sides(&words[..at], &words[at + 1..])).next().ok_or(Refused::NotArithmetic)?;
    let value = compute(&format!("(({}) {}) to {}", number.canonical(), from.0, to.0))?;
    let result = value.text.split(' ').next().unwrap_or_default();
    let asked = sized(&number.shown(), from.1);
    Ok(Worked { asked, result: sized(result, to.1), exact: value.exact })
}

/// `1 mile`, `2 miles`.
fn sized(number: &str, unit: &str) -> String {
    let one = match unit {
        "feet" => "foot",
        "inches" => "inch",
        unit if unit.len() > 3 => unit.strip_suffix('s').unwrap_or(unit),
        unit => unit,
    };
    format!("{number} {}", if number == "1" { one } else { unit })
}

/// A number with its unit, and another unit.
fn sides(from: &[&str], to: &[&str]) -> Option<(Unit, Expr, Unit)> {
    let (size, to) = (from.join(" "), unit(&to.join(" "))?);
    // The unit begins where the number ends: at a letter or at the sign of a degree.
    let at = size.find(|c: char| c.is_alphabetic() || matches!(c, '°' | '℃' | '℉'))?;
    let (number, name) = size.split_at(at);
    let tokens = lex(number).tokens;
    let (expr, _) = read(&tokens).ok()?;
    let plain = |expr: &Expr| matches!(expr, Expr::Number(_) | Expr::Negative(_) | Expr::Binary(Op::Div, ..));
    let one = plain(&expr) && tokens.iter().all(|t| !matches!(t.kind, Kind::Open));
    one.then_some((unit(name)?, expr, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_known_to_the_engine_and_every_word_means_one() {
        let mut seen = std::collections::HashMap::new();
        for (engine, shown, words) in UNITS {
            assert!(compute(&format!("((1) {engine}) to {engine}")).is_ok(), "{engine}");
            for word in words.split(' ') {
                assert_eq!(seen.insert(word, shown), None, "{word} is {shown}, too");
            }
            assert!(unit(shown).is_some_and(|found| found.1 == shown), "{shown}");
        }
    }

    #[test]
    fn conversions() {
        for (text, want) in [
            ("5 km in miles", "5 km ≈ 3.1068559612 miles"),
            ("5km to mi", "5 km ≈ 3.1068559612 miles"),
            ("32 °F to °C", "32 °F = 0 °C"),
            ("-40 F in C", "-40 °F = -40 °C"),
            ("0 celsius to kelvin", "0 °C = 273.15 K"),
            ("3 GiB in MB", "3 GiB = 3221.225472 MB"),
            ("12 in in cm", "12 inches = 30.48 cm"),
            ("1/2 mile in km", "1 / 2 miles = 0.804672 km"),
            ("3,5 kg in lb", "3.5 kg ≈ 7.7161791765 lb"),
            ("1.000 m en km", "1.000 m = 0.001 km"),
            ("1,000 m to km", "1000 m = 1 km"),
            ("100 km/h in mph", "100 km/h ≈ 62.1371192237 mph"),
            ("5 meilen nach km", "5 miles = 8.04672 km"),
            ("2 gallons to liters", "2 US gallons = 7.570823568 l"),
            ("90 minutes to hours", "90 minutes = 1.5 hours"),
            ("5 km to kg", "Undefined"),
            ("5 km", "NotArithmetic"),
            ("km in miles", "NotArithmetic"),
            ("5 usd to eur", "NotArithmetic"),
            ("10^10^10 km to m", "NotArithmetic"),
            ("5 + km to m", "NotArithmetic"),
            ("", "NotArithmetic"),
        ] {
            let got = convert(text).map_or_else(|refused| format!("{refused:?}"), |worked| worked.to_string());
            assert_eq!(got, want, "{text}");
        }
    }
}
