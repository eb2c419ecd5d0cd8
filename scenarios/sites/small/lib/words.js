export const words = ({ jar, volts }) => `${jar} ${volts} volts`;
