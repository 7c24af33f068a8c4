// Each enters the other's code at the same moment.
import { expect, test } from '../support/story.js';

test('codes entered crosswise at the same moment end in one room', async ({ people }) => {
  const red = await people.arrive('red', { mail: true });
  const blue = await people.arrive('blue', { mail: true });
  const [redCode, blueCode] = [await red.code(), await blue.code()];
  for (const [person, code] of [[red, blueCode], [blue, redCode]]) {
    await person.openConnect();
    await person.nameField.fill(person.name);
    await person.codeField.fill(code);
  }
  const release = [red.holdMail(), blue.holdMail()];
  await Promise.all([red.submit(), blue.submit()]);
  for (const open of release) open();
  await Promise.all([red.isWith(2), blue.isWith(2)]);
  await expect(red.dialog).toBeHidden();
  await expect(blue.dialog).toBeHidden();
  await expect(red.peer).toContainText(blue.name);
  await expect(blue.peer).toContainText(red.name);
  await red.say('Бір бөлмедеміз');
  await blue.reads('Бір бөлмедеміз');
});
