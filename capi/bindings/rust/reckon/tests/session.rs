//! Models, tokenizers, samplers and sessions, against the reference's tokens.
mod support;
use reckon::{Action, Cancel, Code, Detail, Encode, FinishReason, Key, Kind, MemoryPlan, Model, ModelFile, OptionInfo, Options};
use reckon::{Sampler, Session, Value, Watch};
use support::{exact, golden, golden_text, model, tiny_r1, PUZZLE};

fn prompt_json() -> String {
    format!("[{{\"role\": \"user\", \"content\": \"{}\"}}]", PUZZLE)
}

fn sampler() -> Sampler {
    Sampler::new(None, &Options::new().temperature(0.0)).unwrap()
}

fn asked() -> (Session, Sampler) {
    let mut session = Session::new(&model(), &Options::new()).unwrap();
    session.append(&golden("prompt_ids")).unwrap();
    (session, sampler())
}

#[test]
fn the_library_tells_what_it_is() {
    assert_eq!(reckon::abi_version(), 1);
    assert_eq!(reckon::version(), env!("CARGO_PKG_VERSION"));
    assert!(reckon::describe_cpu().unwrap().contains("thread"));
}

#[test]
fn models_tell_what_they_are() {
    let model = model();
    let info = model.clone().info().unwrap();
    assert_eq!((info.num_hidden_layers, info.vocab_size, info.parameters), (6, 2048, 5_773_568));
    assert_eq!(model.architecture().unwrap(), "qwen2");
    assert_eq!(model.format().unwrap(), "safetensors");
    assert_eq!(model.weights().unwrap(), "f32");
    assert_eq!(model.name().unwrap(), tiny_r1());
    assert!(!model.isa().unwrap().is_empty());
    assert!(model.chat_template().unwrap().contains("messages"));
    assert_eq!(model.eos_tokens().unwrap(), [2042]);
    model.set_threads(1).unwrap();
    let plan = model.plan_memory(100).unwrap();
    assert_eq!(plan, MemoryPlan::of_path(tiny_r1(), &exact(), 100).unwrap());
    assert!(plan.total_bytes > plan.weight_bytes && plan.context_tokens == 100);
}

#[test]
fn failures_have_code_message_and_details() {
    let error = Model::open("/no/such/model", &Options::new()).unwrap_err();
    assert_eq!((error.code(), error.detail(Detail::NeededBytes)), (Code::NotFound, None));
    assert!(error.to_string().contains("/no/such/model"));
    let error = Model::open(tiny_r1(), &exact().memory_limit_bytes(1000)).unwrap_err();
    assert_eq!((error.code(), error.detail(Detail::LimitBytes)), (Code::ResourceExhausted, Some(1000)));
    let mut session = Session::new(&model(), &Options::new()).unwrap();
    let error = session.append(&[1, 2, 1 << 29]).unwrap_err();
    assert_eq!((error.code(), error.detail(Detail::TokenIndex)), (Code::InvalidArgument, Some(2)));
    assert_eq!(Session::new(&model(), &Options::new().temperature(-1.0)).err().unwrap().code(), Code::InvalidArgument);
}

#[test]
fn files_in_memory_and_by_reading_give_the_same_model() {
    let names = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"];
    let read = |name: &str| std::fs::read(format!("{}/{}", tiny_r1(), name)).unwrap();
    let in_memory = || Vec::from(names.map(|name| ModelFile::bytes(name, read(name)).unwrap()));
    let mut read_by = names.map(|name| {
        let data = read(name);
        ModelFile::reader(name, data.len() as u64, move |offset, buffer| {
            buffer.copy_from_slice(&data[offset as usize..offset as usize + buffer.len()]);
            Ok(())
        })
        .unwrap()
    });
    assert_eq!(MemoryPlan::of_files(&read_by, &exact(), 9).unwrap(), MemoryPlan::of_files(&in_memory(), &exact(), 9).unwrap());
    for files in [in_memory(), Vec::from(read_by)] {
        let opened = Model::open_files(files, &exact(), Watch::new()).unwrap();
        let mut session = Session::new(&opened, &Options::new()).unwrap();
        drop(opened); // the files stay as long as the session
        session.append(&golden("prompt_ids")).unwrap();
        assert_eq!(session.next_token(&mut sampler(), None).unwrap(), golden("output_ids")[0]);
    }
    read_by = names.map(|name| ModelFile::reader(name, 10, |_, _| panic!("no file")).unwrap());
    assert_eq!(Model::open_files(read_by.into(), &exact(), Watch::new()).unwrap_err().code(), Code::Unknown);
}

#[test]
fn loading_is_watched_and_cancelled() {
    let cancel = Cancel::new().unwrap();
    let (mut seen, mut whole) = (0, 0);
    let mut progress = |done, total| (seen, whole) = (done, total);
    Model::open_watched(tiny_r1(), &exact(), Watch::new().cancel(&cancel).progress(&mut progress)).unwrap();
    assert!(whole > 0 && seen == whole);
    cancel.clone().trigger();
    assert!(cancel.is_triggered());
    let error = Model::open_watched(tiny_r1(), &exact(), Watch::new().cancel(&cancel)).unwrap_err();
    assert!(error.is_cancelled());
    cancel.reset();
    assert!(!cancel.is_triggered());
}

#[test]
fn every_option_has_a_method_and_takes_its_default() {
    let all = OptionInfo::all().unwrap();
    assert_eq!(all.iter().map(|info| info.key).collect::<Vec<_>>(), Key::KNOWN);
    let mut options = Options::new().logit_bias(3, f32::NEG_INFINITY);
    for info in &all {
        assert!(!info.name.is_empty() && !info.doc.is_empty());
        let value = match &info.kind {
            _ if info.repeatable => continue,
            Kind::Int { default, .. } => Value::Int(*default),
            Kind::Float { default, .. } => Value::Float(*default),
            Kind::Str { default, .. } => Value::Str(default.clone()),
            other => panic!("{:?}", other),
        };
        options = options.set(info.key, value);
    }
    Sampler::new(None, &options).unwrap();
    assert_eq!(Sampler::new(None, &Options::new().set(Key(99), Value::Int(1))).err().unwrap().code(), Code::InvalidArgument);
}

#[test]
fn tokenizers_encode_render_and_decode() {
    let tokenizer = model().tokenizer().unwrap().clone();
    let prompt = tokenizer.apply_chat_template(&prompt_json(), &Options::new()).unwrap();
    let tokens = tokenizer.encode(&prompt, Encode { parse_special: true, ..Encode::default() }).unwrap();
    assert_eq!(tokens, golden("prompt_ids"));
    let bare = tokenizer.encode(PUZZLE, Encode::default()).unwrap();
    assert_eq!(tokenizer.encode(PUZZLE, Encode { add_special: true, parse_special: false }).unwrap()[1..], bare);
    assert_eq!(tokenizer.decode(&bare, true).unwrap(), PUZZLE);
    let text = tokenizer.decode(&golden("output_ids"), false).unwrap();
    assert_eq!(text, golden_text());
    let mut decoder = tokenizer.decoder(false).unwrap();
    let mut streamed = String::new();
    for token in golden("output_ids") {
        streamed += decoder.push(token).unwrap();
    }
    streamed += decoder.flush().unwrap();
    assert_eq!(streamed, text);
    assert_eq!(tokenizer.token_id("<think>").unwrap(), 2046);
    assert_eq!(tokenizer.token_bytes(2046).unwrap(), b"<think>");
    let info = tokenizer.info().unwrap();
    assert_eq!((info.bos, info.eos), (Some(2045), Some(2042)));
    assert_eq!(tokenizer.decode(&[i32::MAX], true).unwrap_err().code(), Code::InvalidArgument);
    // Longer than the first buffer.
    let long = "owl ".repeat(3000);
    assert_eq!(tokenizer.decode(&tokenizer.encode(&long, Encode::default()).unwrap(), true).unwrap(), long);
}

#[test]
fn generating_gives_the_references_tokens_in_every_way() {
    let (mut session, mut sampler) = asked();
    let options = Options::new().skip_special(false);
    let mut text = String::new();
    let collect = |piece: &str| {
        text += piece;
        Action::Continue
    };
    let result = session.generate(&mut sampler, &options, None, collect).unwrap();
    assert_eq!((result.finish_reason, result.tokens), (FinishReason::StopToken, golden("output_ids").len() as i64));
    assert!(golden_text().starts_with(&text) && text.contains("</think>"));
    assert_eq!(session.tokens().unwrap(), [golden("prompt_ids"), golden("output_ids")].concat());

    let (mut session, mut sampler) = asked();
    let mut stream = session.stream(&mut sampler, &options).unwrap();
    let streamed = stream.by_ref().collect::<reckon::Result<String>>().unwrap();
    assert_eq!(streamed, text);
    assert_eq!(stream.result().unwrap().tokens, result.tokens);
    assert_eq!(stream.stop().unwrap().tokens, result.tokens);

    let (mut session, mut sampler) = asked();
    let tokens: Vec<_> = session.tokens_from(&mut sampler).take(20).map(Result::unwrap).collect();
    assert_eq!(tokens, golden("output_ids")[..20]);
}

#[test]
fn logits_scores_truncation_and_forks() {
    let (mut session, mut sampler) = asked();
    let (prompt, output) = (golden("prompt_ids"), golden("output_ids"));
    let logits = session.logits(None).unwrap();
    let best = (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap();
    assert_eq!(best as i32, output[0]);
    assert_eq!(sampler.sample(session.logits(None).unwrap()).unwrap(), output[0]);
    let all: f64 = session.logits(None).unwrap().iter().map(|logit| f64::from(*logit).exp()).sum();
    let first = f64::from(session.logits(None).unwrap()[best]) - all.ln();
    let scores = session.score(&output[..3], None).unwrap();
    assert!((f64::from(scores[0]) - first).abs() < 1e-3 && scores.len() == 3);
    let mut fork = session.fork().unwrap();
    let mut same = sampler.fork().unwrap();
    let mut seen = Vec::new();
    fork.append_watched(&output[..2], Watch::new().progress(&mut |done, total| seen.push((done, total)))).unwrap();
    assert_eq!(seen.last(), Some(&(2, 2)));
    same.accept(&output[..2]).unwrap();
    same.rewind(1).unwrap();
    same.reset().unwrap();
    assert_eq!(fork.next_token(&mut same, None).unwrap(), output[2]);
    fork.truncate(prompt.len() as i64).unwrap();
    assert_eq!(fork.next_token(&mut same, None).unwrap(), output[0]);
    assert_eq!(session.info().unwrap().length, prompt.len() as i64);
    assert_eq!(session.truncate(1000).unwrap_err().code(), Code::OutOfRange);
}

#[test]
fn a_panic_goes_on_in_the_caller_and_leaves_the_session() {
    let (mut session, mut sampler) = asked();
    let before = session.tokens().unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        session.generate(&mut sampler, &Options::new(), None, |_| panic!("mine")).unwrap();
    }));
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "mine");
    assert_eq!(session.tokens().unwrap(), before);
    assert_eq!(session.next_token(&mut sampler, None).unwrap(), golden("output_ids")[0]);
}
