import { numberOf } from '../../view/addressParts';

/** Whose wallets are listed, and which one is open. */
export type WalletSearch = {
  bot: number | undefined;
  buyer: number | undefined;
  wallet: number | undefined;
};

export const parseWalletSearch = (raw: Record<string, unknown>): WalletSearch => ({
  bot: numberOf(raw.bot),
  buyer: numberOf(raw.buyer),
  wallet: numberOf(raw.wallet),
});
