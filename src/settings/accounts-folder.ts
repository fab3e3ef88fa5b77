/** Folder in the data folder for the files of lakes in accounts, beside the lake of this machine. */
export const accountsFolder = 'aws';
