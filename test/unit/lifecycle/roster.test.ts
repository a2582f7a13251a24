import { expect } from 'chai';
import { Roster } from '../../../core/lifecycle/roster.js';

describe('Roster', () => {
  it('tells of each that is there, joins and leaves, and waits until the last one has let go', async () => {
    const roster = new Roster(['a']);
    const story: string[] = [];
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    const unfollow = roster.follow((one) => {
      story.push(`+${one}`);
      return async () => {
        await released;
        story.push(`-${one}`);
      };
    });
    roster.add('b', 0);
    expect(roster.all).to.deep.equal(['b', 'a']);
    const removed = roster.remove('a').then(() => story.push('removed'));
    expect(roster.all).to.deep.equal(['b']);
    letGo();
    await removed;
    expect(story).to.deep.equal(['+a', '+b', '-a', 'removed']);
    unfollow();
    await roster.remove('b');
    await roster.remove('b');
    expect(story).to.have.length(4);
  });
});
