/** Takes the screenshots of the smart city, docs/images/smart-city-*.png: `node test/examples/smart-city-screenshot.ts`, after a build. */

import { startBroker } from '../brokers/index.ts'
import { launchChromium } from '../browser/chromium.ts'
import { addressesOf, startCity } from './run-smart-city.ts'

const broker = await startBroker('rabbitmq', { keep: false })
const city = await startCity([...addressesOf(broker), '--seconds', '15'])
const browser = await launchChromium()
try {
  const pages = await Promise.all(
    (['light', 'dark'] as const).map(async (colorScheme) => {
      const page = await browser.newPage({ viewport: { width: 1440, height: 730 }, colorScheme })
      await page.goto(city.address)
      return { page, colorScheme }
    }),
  )
  await city.table()
  for (const { page, colorScheme } of pages) {
    await page.getByRole('status').getByText('The sensors have ended').waitFor()
    await page.screenshot({ path: `docs/images/smart-city-${colorScheme}.png` })
  }
} finally {
  await browser.close()
  await city.stop()
  await broker.stop()
}
