// Every screen in Kazakh, at three sizes, light and dark: into `pictures/SCREEN-SIZE-THEME.png`.
import { expect, test } from './support/story.js';

const SIZES = { phone: [360, 740], tablet: [768, 1024], desktop: [1440, 900] };

/** There is a picture in it. (That it lives is the stories' to show.) */
const isPlaying = async (video) => {
  await expect(video).toBeVisible();
  await expect(video).toHaveJSProperty('readyState', 4);
};

for (const [size, [width, height]] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    const options = { viewport: { width, height }, colorScheme, ...(size === 'phone' ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}) };
    const keep = (person, screen) => person.page.screenshot({ animations: 'disabled', path: `pictures/${screen}-${size}-${colorScheme}.png` });

    test(`${size}, ${colorScheme}`, async ({ people }) => {
      const teacher = await people.arrive('day', options);
      const pupil = await people.arrive('dusk', options);
      await Promise.all([isPlaying(teacher.ownVideo), isPlaying(pupil.ownVideo)]);
      await keep(teacher, 'home');

      await pupil.openConnect();
      await keep(pupil, 'modal');
      await pupil.nameField.fill(pupil.name);
      await pupil.codeField.fill('2222-3333-4444');
      await pupil.submit();
      await expect(pupil.dialog.getByText(pupil.text.noRoom)).toBeVisible();
      await keep(pupil, 'modal-no-room');
      await pupil.codeField.fill(await teacher.code());
      await pupil.submit();
      await expect(teacher.dialog).toContainText(teacher.text.joinedYou);
      await keep(teacher, 'modal-somebody-joined');
      await teacher.answerName();
      await pupil.isWith(2);
      await keep(pupil, 'room');

      await teacher.ring();
      await pupil.isRung(teacher.name);
      await keep(pupil, 'incoming');
      await keep(teacher, 'calling');
      await pupil.accept();
      await Promise.all([isPlaying(teacher.peerVideo), isPlaying(pupil.peerVideo)]);
      await keep(teacher, 'call');

      await pupil.showChat();
      await pupil.say('Сәлем! Дауысым жақсы естіліп тұр ма?');
      await teacher.showChat();
      await teacher.say('Иә, сурет те анық. Тапсырманы осында жазамын:\n1) оқулықтың 48-беті\n2) https://example.org/sabaq');
      await pupil.reads('оқулықтың');
      await keep(pupil, 'chat');
      await teacher.hideChat();
      await pupil.hideChat();
      await pupil.toggle('camera');
      await teacher.seesNoPicture();
      await keep(teacher, 'call-camera-off');
      await pupil.hangUp();
      await expect(teacher.page.getByText(teacher.text.ended)).toBeVisible();
      await keep(teacher, 'ended');
    });

    test(`${size}, ${colorScheme}: without devices`, async ({ people }) => {
      const refused = await people.arrive('day', { ...options, allow: [] });
      await expect(refused.deviceBanner).toBeVisible();
      await keep(refused, 'camera-refused');
      const bare = await people.arrive('no-devices', options);
      await bare.button(bare.text.withoutCamera).click();
      await keep(bare, 'chat-only');
    });
  }
}
