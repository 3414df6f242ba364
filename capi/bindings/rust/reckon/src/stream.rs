//! Streams: the call runs on a thread of its own, and its pieces come through a channel.
use crate::{Action, Cancel, Code, Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{sync_channel, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// How many pieces the call may be ahead of who reads them.
const AHEAD: usize = 16;

pub(crate) struct Worker<P, R> {
    pieces: Receiver<P>,
    thread: JoinHandle<Result<R>>,
    cancel: Cancel,
    stop: Arc<AtomicBool>,
}

impl<P: Send + 'static, R: Send + 'static> Worker<P, R> {
    fn start(run: impl FnOnce(&Cancel, &mut dyn FnMut(P) -> Action) -> Result<R> + Send + 'static) -> Result<Self> {
        let (sender, pieces) = sync_channel(AHEAD);
        let cancel = Cancel::new()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (theirs, stopped) = (cancel.clone(), stop.clone());
        let thread = std::thread::Builder::new()
            .name("reckon stream".to_owned())
            .spawn(move || {
                run(&theirs, &mut |piece| match sender.send(piece) {
                    Err(_) => Action::Cancel,
                    Ok(()) if stopped.load(Ordering::Relaxed) => Action::Stop,
                    Ok(()) => Action::Continue,
                })
            })
            .map_err(|error| Error::new(Code::ResourceExhausted, format!("cannot start a thread for a stream: {}", error)))?;
        Ok(Worker { pieces, thread, cancel, stop })
    }

    fn join(self) -> Result<R> {
        drop(self.pieces);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// The stream that a session or chat is at, if any. It stays here when a stream is forgotten, and ends with the next call.
pub(crate) struct Running<P, R>(Mutex<Option<Worker<P, R>>>);

impl<P: Send + 'static, R: Send + 'static> Running<P, R> {
    pub(crate) fn none() -> Self {
        Running(Mutex::new(None))
    }

    pub(crate) fn start(&mut self, run: impl FnOnce(&Cancel, &mut dyn FnMut(P) -> Action) -> Result<R> + Send + 'static) -> Result<()> {
        self.end();
        *self.0.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(Worker::start(run)?);
        Ok(())
    }

    /// Cancels what runs and waits for it.
    pub(crate) fn end(&self) {
        let mut worker = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(worker) = worker.take() {
            worker.cancel.trigger();
            drop(worker.join());
        }
    }

    /// The next piece; after the last one, what the call returned, once.
    pub(crate) fn next(&mut self) -> Option<std::result::Result<P, Result<R>>> {
        let worker = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        match worker.as_ref()?.pieces.recv() {
            Ok(piece) => Some(Ok(piece)),
            Err(_) => Some(Err(worker.take()?.join())),
        }
    }

    /// Ends the call but keeps what was made.
    pub(crate) fn stop(&mut self) -> Option<Result<R>> {
        if let Some(worker) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_ref() {
            worker.stop.store(true, Ordering::Relaxed);
        }
        loop {
            if let Err(result) = self.next()? {
                return Some(result);
            }
        }
    }

    pub(crate) fn cancel(&self) -> Option<Cancel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|worker| worker.cancel.clone())
    }
}

/// What a stream that is over says when it is stopped.
pub(crate) fn over() -> Error {
    Error::new(Code::FailedPrecondition, "the stream is over; its result came with its last item")
}
