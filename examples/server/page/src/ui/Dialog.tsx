import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { texts } from '../i18n';
import { Icon } from './icons';

interface Props {
  title: string;
  testid: string;
  close: () => void;
  children: ComponentChildren;
}

/** A modal dialog: the browser keeps the focus in it, and gives it back afterwards. */
export function Dialog({ title, testid, close, children }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const label = useId();
  useEffect(() => {
    const element = dialog.current;
    const focused = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (focused instanceof HTMLElement) focused.focus();
    };
  }, []);
  const onClick = (event: MouseEvent): void => {
    if (event.target === dialog.current) close();
  };
  const onCancel = (event: Event): void => {
    event.preventDefault();
    close();
  };
  return (
    <dialog ref={dialog} class="dialog" data-testid={testid} aria-labelledby={label} onClick={onClick} onCancel={onCancel}>
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={label}>{title}</h2>
          <button type="button" class="quiet" data-testid={`${testid}-close`} aria-label={texts.value.close} onClick={close}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
