// A camera or microphone that does not open: each reason has its own words and a way on, in three languages.
import { OTHER_NAME } from '../support/browsers.js';
import { beside, expect, test } from '../support/story.js';
import { failDevice } from '../support/witness.js';

/** How each failure comes about, and a phrase of what is said of it in Kazakh, Russian and English. */
const FAILURES = {
  'refused for this site': {
    with: { allow: ['microphone'] },
    words: { kk: 'рұқсат берілмеген', ru: 'не разрешено использовать камеру', en: 'not allowed to use the camera' },
  },
  'refused by the system': {
    with: { before: [[failDevice, { device: 'video', name: 'NotAllowedError', message: 'Permission denied by system' }]] },
    words: { kk: 'Жүйе браузерге', ru: 'Система не разрешает браузеру', en: 'The system does not let the browser' },
  },
  'not there': {
    kind: 'no-camera',
    with: {},
    words: { kk: 'Камера табылмады', ru: 'Камера не найдена', en: 'No camera was found' },
  },
  'in use': {
    with: { before: [[failDevice, { device: 'video', name: 'NotReadableError', message: 'Could not start video source' }]] },
    words: { kk: 'басқа бағдарлама қолданып тұр', ru: 'использует другая программа', en: 'Another program is using the camera' },
  },
  'unable to do what is asked': {
    with: { before: [[failDevice, { device: 'video', name: 'OverconstrainedError', message: '' }]] },
    words: { kk: 'керек суретті бере алмайды', ru: 'не может дать изображение', en: 'cannot give the picture' },
  },
};

for (const [failure, { kind = 'red', with: options, words }] of Object.entries(FAILURES)) {
  beside(`a camera ${failure}: said in three languages, and the rest works`, async (people, other) => {
    const person = await people.arrive(kind, options);
    await expect(person.self).toHaveAttribute('data-camera', 'failed');
    await expect(person.self).toHaveAttribute('data-microphone', 'on');
    for (const language of ['kk', 'ru', 'en']) {
      await person.switchLanguage(language);
      await expect(person.deviceBanner).toContainText(person.text.noCamera);
      await expect(person.deviceBanner).toContainText(words[language]);
      await expect(person.button(person.text.retry)).toBeVisible();
    }
    await person.button(person.text.withoutCamera).click();
    await expect(person.deviceBanner).toBeHidden();

    const seen = await people.arrive(other);
    await people.join(seen, person);
    await people.call(person, seen);
    await person.sees(seen);
    await seen.hears();
  });
}

test('a camera that is free again comes by "try again"', async ({ people }) => {
  const red = await people.arrive('red', FAILURES['in use'].with);
  await expect(red.deviceBanner).toContainText(FAILURES['in use'].words.kk);
  await red.page.evaluate(() => {
    window.deviceIsWell = true;
  });
  await red.button(red.text.retry).click();
  await red.seesOneself();
  await expect(red.deviceBanner).toBeHidden();
});

beside('on an address that is not secure the page says so, copies and chats', async (people, other) => {
  const red = await people.meet('red', { host: OTHER_NAME });
  // Chromium says of a security header that it counts on secure addresses only.
  red.forgive(/Cross-Origin-Opener-Policy/);
  await red.open();
  expect(await red.page.evaluate(() => [window.isSecureContext, navigator.mediaDevices, navigator.clipboard])).toEqual([false, undefined, undefined]);
  for (const [language, words] of Object.entries({ kk: 'https://', ru: 'не по защищённому адресу', en: 'not at a secure (https) address' })) {
    await red.switchLanguage(language);
    await expect(red.deviceBanner).toContainText(words);
  }
  await red.button(red.text.retry).click();
  await expect(red.deviceBanner).toContainText('https');
  // The old way of copying works without the clipboard's interface.
  await red.button(red.text.copyLink).click();
  expect(await red.pasted()).toBe(`${red.origin}/${await red.code()}`);
  await red.page.getByRole('textbox', { name: red.text.message }).fill('');
  await red.openDevices();
  await expect(red.choiceOf('camera')).toHaveCount(0);
  await red.page.keyboard.press('Escape');

  const blue = await people.arrive(other);
  await people.join(blue, red);
  await people.call(blue, red);
  await red.sees(blue);
  await red.say('Камерам жоқ, бірақ көріп отырмын');
  await blue.reads('Камерам жоқ, бірақ көріп отырмын');
});
