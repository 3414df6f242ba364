// Files from the button or dropped on the page become documents of the open conversation.
import { FileError, MOST_CHARACTERS, MOST_DOCUMENTS, readTextFile } from '../documents/files';
import { fill, texts } from '../i18n';
import { addDocument, documents } from '../state/chats';
import { notice, status } from '../state/notices';

export async function attachFiles(files: Iterable<File>): Promise<void> {
  const { fileLarge, fileBinary, fileEmpty, fileMany, documentAdded } = texts.value;
  const problems: string[] = [];
  for (const file of files) {
    const held = documents.value.reduce((sum, document) => sum + document.text.length, file.size);
    if (documents.value.length >= MOST_DOCUMENTS || held > MOST_CHARACTERS) {
      problems.push(fileMany);
      break;
    }
    try {
      await addDocument(file.name, await readTextFile(file));
      status.value = fill(documentAdded, { name: file.name });
    } catch (error) {
      const problem = error instanceof FileError ? error.problem : 'binary';
      problems.push(fill({ large: fileLarge, binary: fileBinary, empty: fileEmpty }[problem], { name: file.name }));
    }
  }
  notice.value = problems.length > 0 ? { kind: 'error', text: problems.join(' ') } : null;
}
