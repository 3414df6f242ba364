import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { texts } from '../i18n';
import { current, path } from '../state/chats';
import { ask } from '../state/generation';
import { focusComposer } from './focus';
import { Messages } from './Messages';

const NEAR = 80;

function Welcome(): JSX.Element {
  const { greeting, greetingText, suggestions } = texts.value;
  const choose = (text: string) => (): void => {
    ask(text);
    focusComposer();
  };
  return (
    <div class="welcome">
      <h2>{greeting}</h2>
      <p>{greetingText}</p>
      <ul>
        {suggestions.map((text) => (
          <li key={text}>
            <button type="button" class="suggestion" data-testid="suggestion" onClick={choose(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The messages. Follows the newest text unless the reader has scrolled away from it. */
export function Thread(): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const { id } = current.value;
  const empty = path.value.length === 0;
  const last = path.value.at(-1);
  useEffect(() => {
    follow.current = true;
  }, [id, path.value.length]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && follow.current) element.scrollTop = element.scrollHeight;
  }, [id, last]);
  const onScroll = (): void => {
    const element = scroller.current;
    if (element) follow.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
  };
  return (
    <div class="scroller" ref={scroller} onScroll={onScroll} tabIndex={-1}>
      <section class="thread" data-testid="thread" aria-label={texts.value.messages}>
        {empty ? <Welcome /> : <Messages />}
      </section>
    </div>
  );
}
