'use strict';

throw new SyntaxError('thrown while loading');
