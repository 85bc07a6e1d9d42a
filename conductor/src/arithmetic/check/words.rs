//! Words that change what a calculation beside them means, in the languages of most texts.
//!
//! What must stay true: one too many costs a mistake that is not told; one too few accuses somebody falsely.

/// Words that work on the number after them, by their beginning: `half of 10 + 2`, `square root of 9 + 7`.
pub(super) const WORKS_ON: &str = "\
    of plus minus times by over per mod root sqrt log ln exp sin cos tan cot arc twice thrice doubl tripl quadrupl half \
    halv third quarter squar cube negat factorial inverse reciproc round floor ceil max min gcd lcm choose base binary \
    hex octal page chapter version to from between mal durch geteilt hoch doppel dreifach wurzel von hälfte fois moins \
    par racine moitié de du menos más por entre raíz mitad";

/// Words that may follow a number without being its unit.
pub(super) const GOES_ON: &str = "\
    and so but which thus then therefore because since as hence while where und also denn aber weil da somit daher et \
    donc mais car pero porque entonces exactly total";

/// Words of a line that tells of a mistake, supposes something, or rounds.
pub(super) const LINE: &str = "\
    wrong incorrect incorrectly not never false mistake mistaken mistakenly error erroneous suppose assume pretend if \
    claim claims claimed instead joke no typo approximately approx about roughly around estimate estimated rounding \
    rounded nearly almost clock o'clock falsch nicht nie kein fehler angenommen wenn falls statt ungefähr etwa rund \
    gerundet circa uhr faux fausse pas erreur jamais supposons environ presque arrondi incorrecto falso nunca supongamos \
    aproximadamente casi redondeado carry base guess";

/// Words of a text about another arithmetic than the ordinary one.
pub(super) const TEXT: &str = "\
    binary hexadecimal hex octal modulo mod modular modulus boolean xor concatenation concatenates concatenated gf \
    tropical binär binäre dual dualsystem hexadezimal oktal binaire hexadécimal binario binaria hexadecimales 二进制 十六进制";
