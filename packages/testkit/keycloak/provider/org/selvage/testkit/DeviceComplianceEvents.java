package org.selvage.testkit;

import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.ssf.event.SsfEvent;
import org.keycloak.ssf.event.SsfEventProviderFactory;
import org.keycloak.ssf.event.caep.CaepEvent;

/** Keycloak 26.7 transmits two of CAEP's events; this has an administrator emit a third. */
public final class DeviceComplianceEvents implements SsfEventProviderFactory {
  private static final String TYPE = "https://schemas.openid.net/secevent/caep/event-type/device-compliance-change";

  /** Its name is the event's alias, as `ssf.supportedEvents` of a receiver lists it. */
  public static final class CaepDeviceComplianceChange extends CaepEvent {
    public CaepDeviceComplianceChange() {
      super(TYPE);
    }
  }

  @Override
  public String getId() {
    return "selvage-device-compliance";
  }

  @Override
  public Map<String, Supplier<? extends SsfEvent>> getContributedEventFactories() {
    return Map.of(TYPE, CaepDeviceComplianceChange::new);
  }

  @Override
  public Set<String> getEmittableEventTypes() {
    return Set.of(TYPE);
  }

  @Override
  public void postInit(KeycloakSessionFactory factory) {}
}
