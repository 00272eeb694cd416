// Texts to try, by the first part of a language tag.

export const examples = {
  en: [
    {title: 'Greeting', text: 'Hello, how are you? It is good to hear from you.'},
    {title: 'Weather', text: 'It will rain in the morning, but the sun should be out by three in the afternoon.'},
    {title: 'Numbers', text: 'The train leaves at 7:45 on March 3rd and the ticket costs $12.50.'},
    {title: 'Story', text: 'The old lighthouse had been dark for years. One night, without any warning, the lamp began to turn again.'},
    {title: 'Assistant', text: 'I found two appointments for tomorrow. Would you like me to move the first one to Friday?'},
  ],
  es: [
    {title: 'Saludo', text: 'Hola, ¿cómo estás? Me alegro mucho de oírte.'},
    {title: 'Tiempo', text: 'Por la mañana lloverá, pero a las tres de la tarde saldrá el sol.'},
    {title: 'Números', text: 'El tren sale a las 7:45 del 3 de marzo y el billete cuesta 12,50 €.'},
    {title: 'Cuento', text: 'El viejo faro llevaba años apagado. Una noche, sin previo aviso, la lámpara volvió a girar.'},
  ],
};

/** A text of about ten seconds to read into the microphone. */
export const readingText = {
  en: 'When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. ' +
      'I have read this aloud so that a machine can learn the sound of my voice.',
  es: 'Cuando la luz del sol atraviesa las gotas de lluvia, se forma un arco iris. ' +
      'Leo esto en voz alta para que una máquina aprenda el sonido de mi voz.',
};
