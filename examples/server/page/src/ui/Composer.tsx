import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fill, texts } from '../i18n';
import { current, documents, removeDocument } from '../state/chats';
import { ask, isRunning, stop } from '../state/generation';
import { attachFiles } from './attach';
import { focusComposer } from './focus';
import { Icon } from './icons';

const ACCEPT = 'text/*,.md,.markdown,.rst,.tex,.csv,.tsv,.json,.jsonl,.yaml,.yml,.toml,.ini,.xml,.html,.css,.c,.h,.cc,.cpp,.hpp,.cs,.go,.java,.js,.jsx,.ts,.tsx,.kt,.lua,.php,.pl,.py,.r,.rb,.rs,.scala,.sh,.sql,.swift,.log,.cmake';

function Documents(): JSX.Element | null {
  const { documents: label, removeDocument: take } = texts.value;
  if (documents.value.length === 0) return null;
  return (
    <ul class="documents" aria-label={label}>
      {documents.value.map((document) => (
        <li key={document.id} class="document" data-testid="document">
          <Icon name="file" size={15} />
          <span>{document.name}</span>
          <button
            type="button"
            class="quiet"
            data-testid="document-remove"
            aria-label={fill(take, { name: document.name })}
            onClick={() => void removeDocument(document.id)}
          >
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function AttachButton(): JSX.Element {
  const { attach } = texts.value;
  const input = useRef<HTMLInputElement>(null);
  const onChange = (): void => {
    const files = [...(input.current?.files ?? [])];
    if (input.current) input.current.value = '';
    void attachFiles(files);
  };
  return (
    <>
      <input ref={input} type="file" multiple hidden accept={ACCEPT} data-testid="file-input" aria-label={attach} onChange={onChange} />
      <button type="button" class="round" data-testid="attach" aria-label={attach} title={attach} onClick={() => input.current?.click()}>
        <Icon name="attach" />
      </button>
    </>
  );
}

/** Enter sends, unless an input method is using it to choose a character. */
function sends(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

export function Composer(): JSX.Element {
  const { question, placeholder, send, stop: stopLabel, hint } = texts.value;
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  const running = isRunning();
  const { id } = current.value;
  useEffect(() => {
    focusComposer();
  }, [id]);
  useLayoutEffect(() => {
    // The box is as high as its text. Set through the object model, which the page's policy allows.
    const area = input.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 240)}px`;
  }, [text]);
  const submit = (): void => {
    if (running || text.trim() === '') return;
    ask(text);
    setText('');
    input.current?.focus();
  };
  const halt = (): void => {
    stop();
    focusComposer();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!sends(event)) return;
    event.preventDefault();
    submit();
  };
  return (
    <div class="composer">
      <Documents />
      <div class="composer-box">
        <AttachButton />
        <textarea
          id="composer"
          ref={input}
          data-testid="composer-input"
          aria-label={question}
          aria-describedby="composer-hint"
          placeholder={placeholder}
          rows={1}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {running ? (
          <button type="button" class="round primary" data-testid="stop" aria-label={stopLabel} title={stopLabel} onClick={halt}>
            <Icon name="stop" />
          </button>
        ) : (
          <button type="button" class="round primary" data-testid="send" aria-label={send} title={send} disabled={text.trim() === ''} onClick={submit}>
            <Icon name="send" />
          </button>
        )}
      </div>
      <p class="hint" id="composer-hint">
        {hint}
      </p>
    </div>
  );
}
