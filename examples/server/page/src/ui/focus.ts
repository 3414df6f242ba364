/**
 * Puts the focus into the text box, so that it is not lost with a button that goes away. Not on touch screens, whose keyboard would cover
 * what was just asked for.
 */
export function focusComposer(): void {
  if (matchMedia('(hover: hover)').matches) document.getElementById('composer')?.focus();
}
