/**
 * Loads the faces that nearly every test asks together with the kit: a runner counts the time of a test, and not that
 * of the imports before it.
 */
import "../../api/device/routes.js";
import "../../api/face-app.js";
import "../../api/openapi/routes.js";
