import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { fill, texts } from '../i18n';
import { addImported, collect } from '../state/chats';
import { status } from '../state/notices';
import { changeSettings, settings } from '../state/settings';
import { settingsOpen } from '../state/ui';
import { checkNumber, RANGES, type Language, type NumberSetting, type Theme } from '../store/settings';
import { exportText, importText } from '../store/transfer';
import { download } from './clipboard';
import { Dialog } from './Dialog';

interface FieldProps {
  label: string;
  help?: string;
  children: (ids: { id: string; 'aria-describedby': string | undefined }) => ComponentChildren;
}

function Field({ label, help, children }: FieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': help === undefined ? undefined : `${id}-help` })}
      {help !== undefined && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

function NumberField({ name, label, help, testid }: { name: NumberSetting; label: string; help: string; testid: string }): JSX.Element {
  const { least, most, whole } = RANGES[name];
  const value = settings.value[name];
  const [text, setText] = useState(value === undefined ? '' : String(value));
  const valid = text.trim() === '' || checkNumber(name, Number(text)) !== undefined;
  const onInput = (event: { currentTarget: HTMLInputElement }): void => {
    const typed = event.currentTarget.value;
    setText(typed);
    if (typed.trim() === '') changeSettings({ [name]: undefined });
    else {
      const number = checkNumber(name, Number(typed));
      if (number !== undefined) changeSettings({ [name]: number });
    }
  };
  return (
    <Field label={label} help={help}>
      {(ids) => (
        <input {...ids} type="number" min={least} max={most} step={whole ? 1 : 0.05} data-testid={testid} aria-invalid={!valid} value={text} onInput={onInput} />
      )}
    </Field>
  );
}

function General(): JSX.Element {
  const { general, setLanguage, setTheme, auto, light, dark } = texts.value;
  return (
    <fieldset>
      <legend>{general}</legend>
      <div class="columns">
        <Field label={setLanguage}>
          {(ids) => (
            <select {...ids} data-testid="set-language" value={settings.value.language} onChange={(event) => changeSettings({ language: event.currentTarget.value as Language })}>
              <option value="auto">{auto}</option>
              <option value="zh">中文</option>
              <option value="en">English</option>
            </select>
          )}
        </Field>
        <Field label={setTheme}>
          {(ids) => (
            <select {...ids} data-testid="set-theme" value={settings.value.theme} onChange={(event) => changeSettings({ theme: event.currentTarget.value as Theme })}>
              <option value="auto">{auto}</option>
              <option value="light">{light}</option>
              <option value="dark">{dark}</option>
            </select>
          )}
        </Field>
      </div>
    </fieldset>
  );
}

function Generation(): JSX.Element {
  const t = texts.value;
  return (
    <fieldset>
      <legend>{t.generation}</legend>
      <Field label={t.system} help={t.systemHelp}>
        {(ids) => (
          <textarea {...ids} rows={3} data-testid="set-system" value={settings.value.system} onInput={(event) => changeSettings({ system: event.currentTarget.value })} />
        )}
      </Field>
      <div class="columns">
        <NumberField name="temperature" label={t.temperature} help={t.temperatureHelp} testid="set-temperature" />
        <NumberField name="topP" label={t.topP} help={t.topPHelp} testid="set-top-p" />
        <NumberField name="reasoningBudget" label={t.reasoningBudget} help={t.reasoningBudgetHelp} testid="set-reasoning-budget" />
        <NumberField name="maxTokens" label={t.maxTokens} help={t.maxTokensHelp} testid="set-max-tokens" />
        <NumberField name="context" label={t.contextLimit} help={t.contextHelp} testid="set-context" />
      </div>
    </fieldset>
  );
}

function Access({ focus }: { focus: boolean }): JSX.Element {
  const { access, apiKey, apiKeyHelp, keepKey } = texts.value;
  const input = useRef<HTMLInputElement>(null);
  // The dialog opens after its contents are there, and focuses its first button.
  useEffect(() => {
    if (focus) requestAnimationFrame(() => input.current?.focus());
  }, [focus]);
  return (
    <fieldset>
      <legend>{access}</legend>
      <Field label={apiKey} help={apiKeyHelp}>
        {(ids) => (
          <input {...ids} ref={input} type="password" autocomplete="off" data-testid="set-api-key" value={settings.value.apiKey} onInput={(event) => changeSettings({ apiKey: event.currentTarget.value.trim() })} />
        )}
      </Field>
      <label class="tick">
        <input type="checkbox" data-testid="set-keep-key" checked={settings.value.keepKey} onChange={(event) => changeSettings({ keepKey: event.currentTarget.checked })} />
        {keepKey}
      </label>
    </fieldset>
  );
}

function Data(): JSX.Element {
  const { data, dataHelp, exportAll, import: importLabel, imported, importFailed, notices } = texts.value;
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const say = (text: string): void => {
    setSaid(text);
    status.value = text;
  };
  const onImport = async (): Promise<void> => {
    const file = input.current?.files?.[0];
    if (!file) return;
    try {
      const { conversations, documents } = importText(await file.text());
      await addImported(conversations, documents);
      say(fill(imported, { count: conversations.length }));
    } catch (error) {
      say(fill(importFailed, { message: error instanceof Error ? error.message : String(error) }));
    }
    if (input.current) input.current.value = '';
  };
  const onExport = async (): Promise<void> => download('reckon-conversations.json', exportText(await collect(), Date.now()));
  return (
    <fieldset>
      <legend>{data}</legend>
      <p class="help">{dataHelp}</p>
      <div class="row">
        <button type="button" class="button" data-testid="export-all" onClick={() => void onExport()}>
          {exportAll}
        </button>
        <input ref={input} type="file" hidden accept="application/json,.json" data-testid="import-input" aria-label={importLabel} onChange={() => void onImport()} />
        <button type="button" class="button" data-testid="import" onClick={() => input.current?.click()}>
          {importLabel}
        </button>
        <a class="notices-link" href="./third-party-notices.txt" target="_blank" rel="noopener">
          {notices}
        </a>
      </div>
      {said !== '' && <p class="said" data-testid="notice">{said}</p>}
    </fieldset>
  );
}

export function SettingsDialog(): JSX.Element | null {
  const open = settingsOpen.value;
  if (open === false) return null;
  return (
    <Dialog title={texts.value.settings} testid="settings" close={() => (settingsOpen.value = false)}>
      {open === 'key' && <p class="notice error">{texts.value.errorKey}</p>}
      {open === 'key' && <Access focus />}
      <General />
      <Generation />
      {open !== 'key' && <Access focus={false} />}
      <Data />
    </Dialog>
  );
}
