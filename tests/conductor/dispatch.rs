//! Dispatch at the door of the core: who is asked, who stands in, who has the memory, who rests and who has to wait, between
//! fake Ollamas with memory of their own and fake providers.

mod asked;
mod bench;
mod domains;
mod fallback;
mod health;
mod hosts;
mod learning;
mod limits;
mod loading;
mod memory;
mod mistake;
mod playbooks;
mod side_by_side;
mod stream;
mod training;
