/** In the data folder: what this machine keeps of lakes in accounts, beside its own lake. */
export const accountsFolder = 'aws';
