/** Variables with the keys of the market data, in the environment or in the file of keys. */
export const secretNames = ['APCA_API_KEY_ID', 'APCA_API_SECRET_KEY'];
