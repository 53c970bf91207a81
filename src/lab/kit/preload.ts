/**
 * Loads what nearly every test asks together with the kit, the faces and the MQTT client: a runner counts the time of a
 * test, and not that of the imports before it.
 */
import "../../api/device/routes.js";
import "../../api/face-app.js";
import "../../api/openapi/routes.js";
import { loadMqttClient } from "../../gagent/mqtt-client.js";

loadMqttClient();
